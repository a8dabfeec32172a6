//! What made-up orders are about, and the words by which the server finds them.

/// Kinds of request: the flow's name, and what its titles begin with. The first are asked for most.
pub const FLOWS: [(&str, &str, &str); 5] = [
    ("purchase", "采购", "Purchase"),
    ("leave", "请假", "Leave"),
    ("access", "权限", "Access"),
    ("expenses", "报销", "Expenses"),
    ("website", "发布", "Release"),
];

pub const ITEMS: [(&str, &str); 16] = [
    ("打印机", "printer"),
    ("笔记本电脑", "laptop"),
    ("服务器", "server"),
    ("显示器", "monitor"),
    ("办公椅", "office chair"),
    ("出差上海", "trip to Shanghai"),
    ("年会场地", "venue of the annual party"),
    ("云主机", "cloud instance"),
    ("培训课程", "training course"),
    ("网络交换机", "network switch"),
    ("空调维修", "repair of the air conditioning"),
    ("软件许可证", "software licence"),
    ("会议室投影", "projector of the meeting room"),
    ("数据库权限", "database permission"),
    ("快递费用", "courier costs"),
    ("测试手机", "test phone"),
];

pub const REASONS: [(&str, &str); 8] = [
    ("旧的已经坏了，修理比换新的更贵", "the old one broke and a repair costs more"),
    ("新同事下周一入职", "a new colleague starts on Monday"),
    ("季度预算里已经列出", "it is in the budget of the quarter"),
    ("客户要求在月底之前完成", "the customer wants it before the end of the month"),
    ("合同到期，需要续签", "the contract ends and is to be renewed"),
    ("安全检查发现的问题", "found by the security review"),
    ("团队扩大，现有的不够用", "the team grows and there are not enough"),
    ("第二次提交，附件已经补齐", "submitted again with all attachments"),
];

/// A word that about twenty of a million orders have.
pub fn supplier(number: u64) -> String {
    format!("kestrel{number}q")
}

/// The words of a text as the server indexes them: Chinese as pairs of neighbours, everything else as words. Each
/// measured search has to find orders, so that a server with other rules would be noticed.
pub fn indexed(text: &str) -> String {
    let mut words = Vec::new();
    for run in text.to_lowercase().split(|c: char| !c.is_alphanumeric()) {
        let characters: Vec<char> = run.chars().collect();
        match characters.first() {
            Some(first) if first.is_ascii() => words.push(run.to_owned()),
            Some(_) => {
                words.extend(characters.windows(2).map(|pair| pair.iter().collect()));
                words.extend(characters.last().map(char::to_string));
            }
            None => {}
        }
    }
    words.sort_unstable();
    words.dedup();
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chinese_becomes_pairs_and_other_scripts_words() {
        assert_eq!(indexed("采购：打印机 Printer, 42"), "42 printer 印机 打印 机 购 采购");
    }
}
